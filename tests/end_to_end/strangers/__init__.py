"""Five projects as people write them, each on handwritten digits: nothing here knows who trains it."""
