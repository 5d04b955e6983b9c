"""What captions say and how they are written: sides, odd characters, what a token limit cuts, language, clauses."""
