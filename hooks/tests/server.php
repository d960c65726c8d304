<?php

/*
 * The packed module behind the documented shape of REDCap's API, for contract tests: php -S 127.0.0.1:PORT server.php
 * LICATS_WORLD names the file that holds the small REDCap. It is not REDCap.
 */

use Licats\LicatsHooks\LicatsHooks;
use Licats\Tests\Study;
use Licats\Tests\World;

require __DIR__ . '/autoload.php';

const TOKENS = [
    '0123456789ABCDEF0123456789ABCDEF' => ['worker', Study::CLASSIC],
    'FEDCBA9876543210FEDCBA9876543210' => ['coordinator', Study::CLASSIC],
];

date_default_timezone_set('UTC');
$file = (string) getenv('LICATS_WORLD');
$lock = fopen("$file.lock", 'c');
flock($lock, LOCK_EX);
$world = new World(is_file($file) ? json_decode((string) file_get_contents($file), true) : Study::state());

/** Answer as REDCap does: errors in an envelope. */
$answer = static function (int $status, string $body) use ($world, $file): void {
    file_put_contents($file, json_encode($world->state, JSON_THROW_ON_ERROR));
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo $body;
};
$refuse = static fn (int $status, string $words) => $answer($status, json_encode(['error' => $words]));

if (str_starts_with((string) $_SERVER['REQUEST_URI'], '/module/js/')) {
    header('Content-Type: text/javascript; charset=utf-8');
    readfile(World::module() . 'js/' . basename((string) strtok((string) $_SERVER['REQUEST_URI'], '?')));
    return;
}
if (str_starts_with((string) $_SERVER['REQUEST_URI'], '/test/')) {
    // what a test does to the small REDCap: save a form, show a page, begin anew
    $world->onPage(Study::CLASSIC, 'coordinator');
    $module = new LicatsHooks();
    $given = json_decode((string) file_get_contents('php://input'), true) ?? [];
    switch (substr((string) $_SERVER['REQUEST_URI'], 6)) {
        case 'new':
            $world = new World(array_replace_recursive(Study::state(), $given));
            $world->freshTables();
            $world->database()->query('insert into redcap_projects values (7, 2)');
            $users = "(1, 'worker'), (2, 'coordinator'), (3, 'monitor')";
            $world->database()->query("insert into redcap_user_information values $users");
            file_put_contents($file, json_encode($world->state, JSON_THROW_ON_ERROR));
            echo 'ok';
            return;
        case 'project':
            // another set-up, with its records
            [$project, $rows] = $given;
            $world->state['projects'][Study::CLASSIC] = $project;
            $world->state['rows'][Study::CLASSIC] = $rows;
            $rights = array_fill_keys(array_keys($project['fields']), '2');
            foreach (['worker', 'coordinator'] as $name) {
                $world->state['users'][$name]['rights'][Study::CLASSIC]['forms'] = $rights;
            }
            $answer(200, 'null');
            return;
        case 'save':
            $module->redcap_save_record(Study::CLASSIC, ...$given);
            $answer(200, 'null');
            return;
        case 'sql':
            $world->database()->query($given[0]);
            $answer(200, 'null');
            return;
        case 'say':
            // a person's step in the thread on a field
            [$record, $field, $status, $response, $user, $event, $instance, $comment] = $given;
            $where = ' where record = ? and field_name = ? and event_id = coalesce(?, event_id)'
                . ' and instance = coalesce(?, instance)';
            $spot = [$record, $field, $event, $instance];
            $world->database()->prepare(
                'insert into redcap_data_quality_resolutions'
                    . ' (status_id, ts, user_id, response, comment, current_query_status)'
                    . ' select status_id, ?, ?, ?, ?, ? from redcap_data_quality_status' . $where
            )->execute([date('Y-m-d H:i:s'), $user, $response, $comment, $status, ...$spot]);
            $world->database()->prepare(
                'update redcap_data_quality_status set query_status = ?' . $where
            )->execute([$status, ...$spot]);
            $answer(200, 'null');
            return;
        case 'page':
            // a form's page: the banner, and what the framework gives its script to call the module with
            header('Content-Type: text/html; charset=utf-8');
            echo '<!doctype html><title>form</title><script>window.licatsModule = {ajax: (action, payload) =>'
                . ' fetch("/test/ajax", {method: "POST", body: JSON.stringify([action, payload])})'
                . '.then((reply) => reply.ok ? reply.json() : Promise.reject(reply.status))};</script>';
            $module->redcap_data_entry_form_top(Study::CLASSIC, '1', 'licats_kidney', Study::EVENT, 3, 1);
            return;
        case 'ajax':
            [$event, $page] = [Study::EVENT, 'DataEntry/index.php'];
            $place = [Study::CLASSIC, '1', 'licats_kidney', $event, 1, null, null, null];
            $caller = [$page, $page, 'coordinator', 3];
            $answer(200, json_encode($module->redcap_module_ajax(...$given, ...$place, ...$caller)));
            return;
        case 'banner':
            [$record, $form, $event, $instance] = $given ?: ['1', 'licats_kidney', Study::EVENT, 1];
            ob_start();
            $module->redcap_data_entry_form_top(Study::CLASSIC, $record, $form, $event, 3, $instance);
            $answer(200, json_encode(ob_get_clean()));
            return;
    }
}
[$user, $pid] = TOKENS[$_POST['token'] ?? ''] ?? [null, null];
if ($user === null) {
    $refuse(403, 'You do not have permissions to use the API');
    return;
}
$config = json_decode((string) file_get_contents(World::module() . 'config.json'), true);
if (($_POST['content'] ?? '') !== 'externalModule' || ($_POST['prefix'] ?? '') !== 'licats_hooks') {
    $refuse(400, 'The module is not enabled in this project');
    return;
}
if (!isset($config['api-actions'][$_POST['action'] ?? ''])) {
    $refuse(400, 'The module has no such action');
    return;
}
$world->onPage($pid, $user);
$payload = array_diff_key($_POST, array_flip(['token', 'content', 'prefix', 'action', 'format', 'returnFormat']));
$reply = (new LicatsHooks())->redcap_module_api(
    $_POST['action'],
    $payload,
    $pid,
    $user,
    $_POST['format'] ?? 'xml',
    $_POST['returnFormat'] ?? 'json',
    ','
);
$answer($reply['status'], $reply['body']);
