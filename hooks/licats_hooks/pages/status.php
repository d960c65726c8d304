<?php

/** @var \Licats\LicatsHooks\LicatsHooks $module */
echo $module->statusPage();
