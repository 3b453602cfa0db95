"""Paint one, get all: a strip of the facings that look like the one just named."""
