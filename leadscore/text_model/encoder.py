"""A transformer that reads texts, with its tokenizer: a pretrained checkpoint, or a small one that knows nothing yet.

Only weights in safetensors are read, and no code that comes with a checkpoint is run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from leadscore.errors import ConfigError
from leadscore.models.members.member import Floats

Tokens = list[list[int]]
Rows = NDArray[np.int64]

AT_ONCE = 64  # texts that are read together when predicting
DROPOUT = 0.1
PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"


@dataclass(frozen=True)
class Size:
    """Of an encoder that is trained from nothing: ``width`` of its layers, and word pieces in its ``vocabulary``."""

    width: int = 64
    layers: int = 2
    vocabulary: int = 4000


@dataclass(frozen=True)
class Encoder:
    """``model`` gives one log-odds for each text, of which it reads the first ``max_length`` tokens."""

    tokenizer: "transformers.PreTrainedTokenizerFast"  # quoted: the classes take ten seconds to import
    model: "transformers.PreTrainedModel"
    max_length: int

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """The numbers of the word pieces of each text."""
        found: Tokens = self.tokenizer(list(texts), truncation=True, max_length=self.max_length)["input_ids"]
        return found

    def read(self, tokens: Tokens, rows: Rows) -> torch.Tensor:
        """The log-odds (r,) of the texts at ``rows`` (r,)."""
        batch = self.tokenizer.pad({"input_ids": [tokens[row] for row in rows]}, return_tensors="pt")
        read: torch.Tensor = self.model(**batch.to(self.model.device)).logits[:, 0]
        return read

    def log_odds(self, tokens: Tokens) -> Floats:
        """The log-odds (n,) of all texts, without dropout; texts of about one length are read together."""
        found = np.empty(len(tokens))
        order = np.argsort([len(each) for each in tokens], kind="stable")
        self.model.eval()
        with torch.inference_mode():
            for start in range(0, len(order), AT_ONCE):
                rows = order[start : start + AT_ONCE]
                found[rows] = self.read(tokens, rows).double().cpu().numpy()
        return found


def pretrained(checkpoint: str, max_length: int) -> Encoder:
    """The encoder of a folder or of a name at the hub, with a new layer on top. Raises ConfigError if it is not there.

    What is random about the new layer is drawn from torch's generator.
    """
    try:
        with quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
            model = transformers.AutoModelForSequenceClassification.from_pretrained(
                checkpoint,
                num_labels=1,
                use_safetensors=True,
                hidden_dropout_prob=DROPOUT,
                attention_probs_dropout_prob=DROPOUT,
            )
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The text model {checkpoint} cannot be read: it is no folder with a tokenizer and weights in safetensors,"
            " and under this name the hub does not give it.",
            "download it where there is a network and name its folder in [training] text_checkpoint, or write scratch"
            " there for a small one that learns from your leads alone.",
        ) from error
    return on_device(Encoder(tokenizer, model, max_length))


def untrained(texts: Sequence[str], size: Size, max_length: int) -> Encoder:
    """A small BERT (Devlin et al. 2019) with a vocabulary of ``texts``; its weights are of torch's generator."""
    tokenizer = learn_tokenizer(texts, size.vocabulary)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=max(size.width // 32, 1),
        intermediate_size=4 * size.width,
        max_position_embeddings=max_length,
        hidden_dropout_prob=DROPOUT,
        attention_probs_dropout_prob=DROPOUT,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=1,
    )
    return on_device(Encoder(tokenizer, transformers.BertForSequenceClassification(config), max_length))


def learn_tokenizer(texts: Sequence[str], vocabulary: int) -> "transformers.PreTrainedTokenizerFast":
    """WordPiece (Schuster and Nakajima 2012) of words between spaces: a frequent "column_value" is one piece.

    Which of two equally frequent pairs is joined first depends on the numbers of their letters, which the trainer gives
    in no order where it is not told them: so it is.
    """
    special = [PAD, UNKNOWN, START, END]
    letters = sorted({f"##{letter}" for text in texts for word in text.split() for letter in word[1:]})
    learned = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    learned.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    learned.train_from_iterator(
        texts,
        trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=[*special, *letters], show_progress=False),
    )
    pieces = learned.get_vocab()
    numbered = Tokenizer(models.WordPiece(pieces, unk_token=UNKNOWN))  # in which the letters are nothing special
    numbered.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(each, pieces[each]) for each in (START, END)]
    numbered.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=numbered, pad_token=PAD, unk_token=UNKNOWN, cls_token=START, sep_token=END
    )


def on_device(encoder: Encoder) -> Encoder:
    """The same on the first GPU, where there is one."""
    encoder.model.to("cuda" if torch.cuda.is_available() else "cpu")
    return encoder


@contextmanager
def quiet() -> Iterator[None]:
    """Without the bars and reports of loading: a new layer on top is what is wanted."""
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)
        transformers.logging.enable_progress_bar()


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """At work on ``n`` CPUs; random numbers that are drawn inside change none outside."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.set_num_threads(before)
