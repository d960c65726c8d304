<?php

/**
 * Stands in for REDCap's documented class for developers.
 */
final class REDCap
{
    /** @param list<mixed> $arguments */
    public static function __callStatic(string $name, array $arguments): mixed
    {
        return (new \Licats\Tests\Core(\Licats\Tests\World::current()))->serve($name, $arguments);
    }
}
