"""How people write things: each column of text is read as what it means, without looking at any outcome."""
