"""The detector for other software: a small HTTP server. Needs the extra `serve`; only the command line starts it."""
