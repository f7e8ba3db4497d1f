"""Operations: run everything, relay, demo, embedded servers, seeds."""
