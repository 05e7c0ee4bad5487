"""The agent as a lifecycle node: what a robot senses and hears in, commands out."""
