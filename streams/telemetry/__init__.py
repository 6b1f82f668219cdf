"""What the shell counts. `catalogue` names every metric; `emit` turns facts and engine notices into them."""
