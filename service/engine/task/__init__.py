"""One study at work: what it draws and starts, what comes of it, and its steps from state to state."""
