"""Demonstrations as a LeRobotDataset v3: parquet, MP4 and the words of the goals (``docs/dataset.md``)."""
