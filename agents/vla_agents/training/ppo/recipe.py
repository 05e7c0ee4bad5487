"""What a fine-tuning takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PpoRecipe:
    """Numbers of a run; a run that is taken up again must have the same."""

    world: str = "arena"
    tasks: tuple[str, ...] = ("turn_by_angle", "hold_heading", "follow_wall")
    """Drawn alike where nothing fails: what it must not forget."""
    cells: tuple[str, ...] = ("turn_by_angle/command:gain_loss", "turn_by_angle/odom:encoder_loss")
    """What the curriculum draws from where something fails, as ``task/target:kind``: by default that by which gyro,
    wheels and the commands themselves come apart. Where nothing fails they agree, and a policy that was cloned there
    does not know which of them to believe."""
    iterations: int = 180
    environments: int = 16
    steps: int = 256
    """Control steps of each environment in an iteration."""
    epochs: int = 4
    batch: int = 1024
    rate: float = 1e-3
    """Learning rate of the critic ..."""
    actor_rate: float = 6e-4
    """... and of the policy ..."""
    half_life: float = 100.0
    """... to begin with: iterations in which both are halved."""
    averaging: float = 20.0
    """Iterations in which a policy's share in the running mean of the weights, which is what comes out, is halved; 0:
    what comes out is the last policy."""
    gamma: float = 0.99
    gae_lambda: float = 0.98
    clip: float = 0.2
    target_kl: float | None = 0.3
    exploration: tuple[float, float] = (0.0, 0.15)
    """Standard deviation of what is tried in speed and yaw rate, as a share of what is meant, to begin with.
    No speed, as a robot that turns has to keep its place."""
    anchor: float = 1.0
    """Weight of the distance to the starting policy where no fault has touched anything; see ``FusionActorCritic``."""
    critic_first: int = 3
    """Iterations in which the critic alone learns: advantages of a critic that knows nothing would undo the policy."""
    troubled: float = 0.75
    """Share of the episodes in which something fails."""
    evaluate_every: int = 50
    """Iterations between two evaluations; 0: none."""
    evaluation_trials: int = 6
    """Trials of each scenario and arm in an evaluation."""
    exported: bool = True
    """Whether the networks that perceive run on ONNX Runtime."""
    seed: int = 0

    @property
    def samples(self) -> int:
        """Control steps of an iteration."""
        return self.environments * self.steps


RECIPES = {
    "full": PpoRecipe(),
    "small": PpoRecipe(
        iterations=3, environments=2, steps=32, batch=32, evaluate_every=0, critic_first=1, exported=False
    ),
}
