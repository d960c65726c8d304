<?php

namespace Licats\LicatsHooks;

/**
 * The module's own texts with their placeholders filled.
 *
 * The framework would escape what it fills in; here texts stay plain, and everything is escaped once, where it is
 * printed.
 */
final class Words
{
    /** @var callable(string): string */
    private $source;

    /** @param callable(string): string $source gives the text of a key, placeholders left in */
    public function __construct(callable $source)
    {
        $this->source = $source;
    }

    /** @param array<string, string|int> $values */
    public function text(string $key, array $values = []): string
    {
        $pairs = [];
        foreach ($values as $name => $value) {
            $pairs['{' . $name . '}'] = (string) $value;
        }
        return strtr(($this->source)($key), $pairs);
    }

    /** One of two keys by number. */
    public function count(string $one, string $many, int $number): string
    {
        return $this->text($number === 1 ? $one : $many, ['number' => $number]);
    }

    /** Language of the labels that the protocol gives. */
    public function language(): string
    {
        return $this->text('language_code');
    }
}
