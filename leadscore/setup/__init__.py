"""From somebody's tables to settings: what each column is, with the evidence, written down for a person to mend."""
