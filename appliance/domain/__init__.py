"""What a store sells, takes and owes: aggregates, events and money. Standard library only."""
