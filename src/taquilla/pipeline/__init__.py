"""From sources to the warehouse: the list of steps, what each does with the other rooms, and what runs them."""
