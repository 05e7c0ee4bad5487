"""What ``lerobot-eval`` must know of the environments in ``env.py``: a hub repository's name is not enough for it.

Its arguments for them are ``--env.discover_packages_path=lerobot_vla_sim --env.type=vla_sim
--env.hub_path=USER/REPOSITORY --env.task=go_to_object,turn_by_angle --trust_remote_code=true``, with this folder's
parent on ``PYTHONPATH``.
"""

from dataclasses import dataclass, field

from lerobot.configs.types import FeatureType, PolicyFeature
from lerobot.envs.configs import EnvConfig, HubEnvConfig


@EnvConfig.register_subclass("vla_sim")
@dataclass
class VlaSimEnvConfig(HubEnvConfig):
    """The rover's camera, odometry and speeds; a policy that takes more sensors needs their features here, too."""

    hub_path: str | None = "USER/REPOSITORY"
    task: str | None = None  # all of the repository's
    fps: int = 10
    features: dict[str, PolicyFeature] = field(
        default_factory=lambda: {
            "action": PolicyFeature(FeatureType.ACTION, (2,)),
            "agent_pos": PolicyFeature(FeatureType.STATE, (5,)),
            "pixels/camera": PolicyFeature(FeatureType.VISUAL, (96, 96, 3)),
        }
    )
    features_map: dict[str, str] = field(
        default_factory=lambda: {
            "action": "action",
            "agent_pos": "observation.state",
            "pixels/camera": "observation.images.camera",
        }
    )
