"""The members of the ensemble: six families of models behind one interface."""
