<?php

namespace Licats\Tests;

/**
 * A result of which only rows can be had; no count of what was changed.
 */
final class Rows
{
    /** @param list<array<string, mixed>> $rows */
    public function __construct(private array $rows)
    {
    }

    // phpcs:ignore PSR1.Methods.CamelCapsMethodName.NotCamelCaps
    public function fetch_assoc(): ?array
    {
        return array_shift($this->rows);
    }
}
