from pathlib import Path

import numpy as np
import pytest
import torch

from leadscore.errors import ConfigError
from leadscore.text_model.encoder import Encoder, learn_tokenizer, pretrained, torch_threads

TEXTS = ["size_large country_chile", "size_small country_chile", "size_large country_peru"] * 20


def test_a_frequent_column_and_value_is_one_piece_and_no_word_is_lost() -> None:
    tokenizer = learn_tokenizer(TEXTS, 100)
    assert tokenizer.tokenize("size_large country_chile") == ["size_large", "country_chile"]
    assert "[UNK]" not in tokenizer.tokenize("size_chile")


def test_the_vocabulary_is_the_same_each_time() -> None:
    assert learn_tokenizer(TEXTS, 60).get_vocab() == learn_tokenizer(TEXTS, 60).get_vocab()


def test_a_text_is_cut_at_the_length(encoder: Encoder) -> None:
    assert {len(each) for each in encoder.tokens(["size_large " * 50])} == {16}


def test_log_odds_come_in_the_order_of_the_texts_whoever_is_read_with_them(encoder: Encoder) -> None:
    tokens = encoder.tokens([*TEXTS, "size_large", "size_small country_peru country_chile"])
    together = encoder.log_odds(tokens)
    alone = np.array([encoder.log_odds([each])[0] for each in tokens])
    assert np.allclose(together, alone, atol=1e-5)


def test_a_folder_that_was_saved_is_read_again(encoder: Encoder, tmp_path: Path) -> None:
    encoder.model.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    again = pretrained(str(tmp_path), 16)
    assert again.tokens(TEXTS) == encoder.tokens(TEXTS)
    assert (again.log_odds(again.tokens(TEXTS)) == encoder.log_odds(encoder.tokens(TEXTS))).all()


def test_what_is_not_there_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="text_checkpoint"):
        pretrained(str(tmp_path / "nothing"), 16)


def test_weights_that_could_hold_code_are_not_read(encoder: Encoder, tmp_path: Path) -> None:
    encoder.model.config.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    torch.save(encoder.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        pretrained(str(tmp_path), 16)


def test_threads_and_random_numbers_outside_are_left_as_they_are() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    with torch_threads(2):
        torch.rand(5)
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == 1
