"""How the fusion agent is trained: what is collected, and one recipe a file."""
