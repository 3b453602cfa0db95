"""The catalogue window: brands, products, their pictures, and what comes in from tables."""
