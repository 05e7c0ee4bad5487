"""What people and CI read of a run: JUnit, HTML, video."""
