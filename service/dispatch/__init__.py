"""Where runs are trained: pools of warm workers, as Ray actors or as plain processes, behind one protocol."""
