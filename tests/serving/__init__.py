"""The server, asked by a real HTTP client over a real socket."""
