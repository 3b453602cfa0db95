"""All Qt: windows, pages, panels, and the threads that keep the UI free."""
