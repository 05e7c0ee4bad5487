"""The fusion agent: learned words, sight and control over a geometric memory; see ``docs/agent.md``."""
