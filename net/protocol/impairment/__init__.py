"""What a bad network does to datagrams and streams, from a seed: pure, time is an argument."""
