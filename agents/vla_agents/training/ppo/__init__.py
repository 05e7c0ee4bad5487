"""Fine-tuning of the control network by reinforcement in the environments that it is tested in (PPO), under faults."""
