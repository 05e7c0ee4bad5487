"""The fusion agent with an arm: what is its own beside the reader's, the eye's and the fusion's common parts."""
