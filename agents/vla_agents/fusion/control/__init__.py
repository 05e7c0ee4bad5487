"""From what every sensor tells, the words and the situation to commands: encoders, ways to fuse them, a decoder."""
