"""The report of an evaluation: one HTML file with its curves, its tables and the worst photos drawn."""
