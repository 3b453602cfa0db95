"""Visits and catalogues in SQLite: domain objects go in and come out, rows and SQL never leave."""
