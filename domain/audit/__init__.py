"""What can be wrong with a data set: facts about rows, captions and pictures, and findings for a person."""
