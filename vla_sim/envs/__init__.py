"""The Gymnasium environment, its wrappers and registrations (made when ``vla_sim`` is imported)."""
