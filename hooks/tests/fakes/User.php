<?php

namespace Licats\Tests;

/**
 * The framework's user object. A super-user outside of a project has no row of rights there.
 */
final class User
{
    public function __construct(private World $world, private string $name)
    {
    }

    public function getRights($projectIds = null)
    {
        if (!is_int($projectIds)) {
            throw new \LogicException('rights are asked for one project');
        }
        return $this->world->state['users'][$this->name]['rights'][$projectIds] ?? null;
    }

    public function isSuperUser()
    {
        return $this->world->state['users'][$this->name]['super'] ?? false;
    }
}
