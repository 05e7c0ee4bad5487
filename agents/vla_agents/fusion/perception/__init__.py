"""From frames to things: where they are in the picture, what they look like, how far away they stand."""
