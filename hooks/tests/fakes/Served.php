<?php

namespace Licats\Tests;

/**
 * Serves only public methods of a fake, with exactly the arguments they take.
 */
trait Served
{
    /** @param list<mixed> $arguments */
    public function serve(string $name, array $arguments): mixed
    {
        if (!method_exists($this, $name) || in_array($name, ['serve', '__construct', '__call'], true)) {
            throw new \LogicException("there is no documented method $name");
        }
        $method = new \ReflectionMethod($this, $name);
        $given = count($arguments);
        if (!$method->isPublic()) {
            throw new \LogicException("there is no documented method $name");
        }
        if ($given < $method->getNumberOfRequiredParameters() || $given > $method->getNumberOfParameters()) {
            throw new \LogicException("$name was called with $given arguments");
        }
        if (in_array($name, World::current()->state['broken'], true)) {
            throw new \RuntimeException("broken: $name of secret-value");
        }
        return $method->invokeArgs($this, $arguments);
    }
}
