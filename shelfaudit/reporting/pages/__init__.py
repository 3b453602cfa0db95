"""The report's story, one module a section; each answers the flowables of its pages."""
