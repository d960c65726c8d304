<?php

// Defects that the scan must find, each on the line after its mark; what is marked "good" it must let pass.
namespace Licats\Planted;

class Planted extends \ExternalModules\AbstractExternalModule
{
    public function records($record)
    {
        // bad: value-in-sql
        return $this->query("select * from redcap_data where record = '" . $record . "'", []);
    }

    public function page()
    {
        $name = $_GET['name'];
        // bad: value-in-page
        echo '<b>' . $name . '</b>';
        // good
        echo '<b>' . $this->escape($name) . '</b>';
    }

    public function fromData($pid)
    {
        $rows = \REDCap::getData(['project_id' => $pid]);
        // bad: value-in-page
        echo $rows;
        // bad: value-in-sql
        $this->query('select ' . $_POST['column'], []);
        // good
        $this->query('select record from redcap_data where record = ?', [$_POST['record']]);
    }

    public function logs()
    {
        $row = $this->query('select record from some_table', [])->fetch_assoc();
        // bad: value-in-sql
        $this->queryLogs("select log_id where record = '" . $row['record'] . "'", []);
        // bad: value-in-page
        echo $this->getProjectSetting('alert-address');
    }

    public function never($text)
    {
        // bad: never-here
        eval($text);
        // bad: never-here
        \REDCap::saveData(['data' => $text]);
        // bad: never-here
        curl_init($text);
    }
}
