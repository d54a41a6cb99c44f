from pathlib import Path

from leadscore.text_model.encoder import Encoder
from leadscore.text_model.options import Options


def test_a_new_encoder_learns_faster_than_a_pretrained_one_which_should_not_forget(
    encoder: Encoder, options: Options, tmp_path: Path
) -> None:
    encoder.model.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    read = Options(checkpoint=str(tmp_path), max_length=8)
    assert read.plan.learning_rate == 2e-5 < options.plan.learning_rate
    assert read.encoder([]).tokenizer.get_vocab() == encoder.tokenizer.get_vocab()
    assert len(options.encoder(["a_b c_d"] * 9).tokenizer) < len(encoder.tokenizer)
