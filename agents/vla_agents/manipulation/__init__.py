"""How the scripted expert handles things with an arm: where to grip, how to get there, and what to do when it slips."""
