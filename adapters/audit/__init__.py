"""Audits: looks at pictures, where they are kept, and the page."""
