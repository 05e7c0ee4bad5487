"""The deployment gate: an agent through a chain of stages, and one signed-off verdict."""
