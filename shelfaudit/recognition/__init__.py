"""What products look like, and which known product a facing is. Everything here works on plain arrays."""
