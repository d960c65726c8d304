<?php

namespace ExternalModules;

use Licats\Tests\World;

/**
 * Stands in for the framework's base class. As there, methods are served by __call only; unlike there, a name that is
 * not documented or a wrong number of arguments is an error.
 */
abstract class AbstractExternalModule
{
    /** @param list<mixed> $arguments */
    public function __call(string $name, array $arguments): mixed
    {
        return World::current()->framework()->serve($name, $arguments);
    }
}
