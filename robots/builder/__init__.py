"""The arm, its hand and mast, and the arm on the rover, as SDF."""
