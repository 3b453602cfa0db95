"""The words of the trade: boxes, visits, facings, edits and measures. Standard library and numpy only."""
