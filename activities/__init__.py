"""What workflows have done for them: one class a port, each activity safe to do twice."""
