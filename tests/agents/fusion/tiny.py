"""Models of the real architectures, tiny and drawn at random, saved as ``from_pretrained`` finds them."""

from __future__ import annotations

from pathlib import Path

import torch

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SENTENCE_WORDS = (
    *("go", "turn", "to", "the", "red", "blue", "green", "cube", "ball", "stop"),
    *("at", "drive", "a", "please", "and", "wait", "where", "it", "is"),
)


def clip(folder: Path, **vision: int) -> str:
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    vocabulary = _clip_tokenizer(folder)
    small = {"num_hidden_layers": 2, "num_attention_heads": 2}
    text = CLIPTextConfig(vocab_size=vocabulary, hidden_size=24, intermediate_size=48, projection_dim=16, **small)
    text.bos_token_id, text.eos_token_id = vocabulary - 2, vocabulary - 1
    seen = {"hidden_size": 32, "intermediate_size": 64, "image_size": 32, "patch_size": 8, **small, **vision}
    config = CLIPConfig(text_config=text, vision_config=CLIPVisionConfig(projection_dim=16, **seen), projection_dim=16)
    return _saved(CLIPModel, config, folder)


def resnet(folder: Path) -> str:
    from transformers import ResNetConfig, ResNetModel

    config = ResNetConfig(embedding_size=8, hidden_sizes=[16, 24, 32, 40], depths=[1, 1, 1, 1], layer_type="basic")
    return _saved(ResNetModel, config, folder)


def bert(folder: Path) -> str:
    from transformers import BertConfig, BertModel, BertTokenizer

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *SENTENCE_WORDS]
    BertTokenizer(vocab={piece: index for index, piece in enumerate(pieces)}).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
    )
    return _saved(BertModel, config, folder)


def owl(folder: Path, second: bool) -> str:
    """OWL-ViT, or OWLv2 if ``second``."""
    import transformers

    name = "Owlv2" if second else "OwlViT"
    vocabulary = _clip_tokenizer(folder)
    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    config = getattr(transformers, f"{name}Config")(
        text_config={"vocab_size": vocabulary, "hidden_size": 24, "max_position_embeddings": 16, **small},
        vision_config={"hidden_size": 32, "image_size": 48, "patch_size": 8, **small},
        projection_dim=24,
    )
    torch.manual_seed(0)
    model = getattr(transformers, f"{name}ForObjectDetection")(config)
    for each in (model.class_head.logit_shift, model.class_head.logit_scale, model.box_head.dense2):
        torch.nn.init.normal_(each.weight, std=0.02)
    model.save_pretrained(folder)
    return str(folder)


def detr(folder: Path, labels: tuple[str, ...] = ("cube", "traffic light", "ball")) -> str:
    from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig

    backbone = ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage4"],
    )
    small = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = DetrConfig(
        use_timm_backbone=False,
        backbone_config=backbone,
        d_model=32,
        num_queries=6,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        **small,
    )
    return _saved(DetrForObjectDetection, config, folder)


def _clip_tokenizer(folder: Path) -> int:
    """Save a byte-pair tokenizer that has a piece for each of some words, and return the size of its vocabulary."""
    from transformers import CLIPTokenizer

    merges = {}
    for word in SENTENCE_WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            merges[parts[0], parts[1]] = parts[0] + parts[1]
            parts[:2] = [parts[0] + parts[1]]
    single = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS)]
    pieces = ["!", *dict.fromkeys([*single, *merges.values()]), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    CLIPTokenizer(vocab=vocabulary, merges=list(merges)).save_pretrained(folder)
    return len(pieces)


def _saved(kind: type, config: object, folder: Path) -> str:
    torch.manual_seed(0)
    kind(config).save_pretrained(folder)  # type: ignore[call-arg]
    return str(folder)
