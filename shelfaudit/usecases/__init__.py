"""What a person can do with shelfaudit: one plain function each, its collaborators as arguments."""
