<?php

namespace Licats\LicatsHooks;

/**
 * One step of a thread. Marks count only in our own steps: anybody may write the like into a comment.
 */
final class Step
{
    /** @var array<string, string> id with '#' before it => fingerprint */
    public array $marks;

    public function __construct(
        public int $id,
        public string $at,
        public string $user,
        public bool $ours,
        public string $status,
        public string $response,
        public string $comment
    ) {
        $this->marks = $ours ? QueryComment::marks($comment) : [];
    }
}
