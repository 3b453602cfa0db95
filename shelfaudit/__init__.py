"""shelfaudit: share of shelf from store photos, offline."""

__version__ = "0.1.0"
